"""What an offer is worth to a customer: one by one as among others, and as a literal reading of the draws."""

import numpy as np
import pytest
from scipy.special import expit

from retinue.incentives import Catalogue
from retinue.incentives.response import Learned, Response, moments, outlook, prior
from retinue.incentives.response.context import Context
from retinue.incentives.response.outlook import DRAWS, _luck

NAMES = tuple(f"x{i}" for i in range(7))


def model(seed=0) -> Response:
    rng = np.random.default_rng(seed)
    start = prior(Catalogue.default(), NAMES)
    noise = rng.normal(size=(start.mean.size,) * 2) * 0.05
    mean = start.mean + rng.normal(size=start.mean.size) * 0.4
    return Response(start.offers, NAMES, mean, start.covariance + noise @ noise.T)


def customers(n, seed=1):
    rng = np.random.default_rng(seed)
    return (
        rng.uniform(0.02, 0.99, n),
        rng.normal(size=(n, len(NAMES))),
        rng.uniform(50, 4_000, n),
        rng.uniform(2, 90, (n, 8)),
        rng.random((n, 8)) < 0.85,
    )


def ask(response, risk, context, value, cost, allowed):
    return outlook(moments(response, risk, context), value, cost, allowed)


def test_one_alone_has_the_same_bits_as_among_others():
    everybody = customers(317)
    among = ask(model(), *everybody)
    for row in (0, 1, 63, 64, 65, 200, 316):
        alone = ask(model(), *(part[row : row + 1] for part in everybody))
        for name in ("net", "spread", "pays", "best", "saved"):
            assert getattr(alone, name)[0].tolist() == getattr(among, name)[row].tolist()


def test_it_is_what_the_draws_say():
    risk, context, value, cost, allowed = customers(3)
    response = model(4)
    seen = ask(response, risk, context, value, cost, allowed)
    values, vectors = np.linalg.eigh(response.covariance[response.offer, response.offer])
    root = vectors * np.sqrt(np.maximum(values, 0))
    for row in range(3):
        x = context[row]
        base = response.mean[response.base] @ x
        q = expit(response.mean[0] + response.mean[1] * np.log(risk[row] / (1 - risk[row])) + base)
        b = response.covariance[response.kept, response.kept]
        whole = slice(response.contact, response.disturbed.stop)
        one = np.concatenate([[1.0], x])
        own, driven = np.sqrt(x @ b @ x), np.sqrt(one @ response.covariance[whole, whole] @ one)
        nets = []
        for z in _luck(8):
            kept = (
                response.mean[response.offer] + response.mean[response.kept] @ x + z[0] * own + root @ z[2:]
            )
            disturbed = response.mean[whole] @ one + z[1] * driven
            lower = q * expit(kept) - (1 - q) * expit(disturbed)
            nets.append(value[row] * lower - cost[row])
        nets = np.array(nets)
        assert seen.net[row] == pytest.approx(nets.mean(axis=0))
        assert seen.spread[row] == pytest.approx(nets.std(axis=0), abs=1e-6)
        paying = np.where(allowed[row] & (nets > 0), nets, -np.inf)
        best = np.bincount(paying.argmax(axis=1)[np.isfinite(paying).any(axis=1)], minlength=8) / DRAWS
        assert seen.best[row].tolist() == best.tolist()
        assert seen.best[row].sum() <= 1
        assert (seen.best[row][~allowed[row]] == 0).all()


def test_a_sleeping_dog_is_left_in_peace():
    response = model()
    mean = response.mean.copy()
    mean[response.contact] = 2.0  # a contact drives nearly everybody away
    dogs = Response(response.offers, NAMES, mean, response.covariance * 0.01)
    seen = ask(
        dogs, np.array([0.3]), np.zeros((1, 7)), np.array([5_000.0]), np.ones((1, 8)), np.ones((1, 8), bool)
    )
    assert (seen.net < 0).all()
    assert (seen.best == 0).all()


def test_bytes_and_back():
    import pandas as pd

    context = Context.of(pd.DataFrame({"channel": ["a", "b", None, "a"], "age": [1.0, 2.0, np.nan, 9.0]}))
    learned = Learned(context, prior(Catalogue.default(), context.names))
    again = Learned.from_bytes(learned.to_bytes())
    assert again.to_bytes() == learned.to_bytes()
    assert again.response.covariance.tolist() == learned.response.covariance.tolist()
    from retinue.errors import ArtefactError

    with pytest.raises(ArtefactError, match="not a response model"):
        Learned.from_bytes(b"{}")


def test_what_is_unknown_is_the_usual_customer():
    import pandas as pd

    context = Context.of(pd.DataFrame({"channel": ["a", "b"] * 20, "age": np.arange(40.0)}))
    stranger = pd.DataFrame({"channel": ["z", None], "age": [np.nan, 1e9]})
    assert context.encode(stranger)[:, :2].tolist() == [[0, 0], [0, 0]]
    assert context.encode(stranger)[:, 2].tolist() == [0.0, 3.0]
    assert context.encode(pd.DataFrame({"other": [1]})).tolist() == [[0.0, 0.0, 0.0]]
