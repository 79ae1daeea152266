"""Retinue from Airflow: look for what is due, do it, end. Compiled, not run.

Airflow says only how often to look. When which job is due stands under [schedule] in retinue.toml, and each
slot is done once, whatever else looks at the same workspace. Copy this file into the folder of your DAGs.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

WORKSPACE = "/srv/shop"

with DAG(
    dag_id="retinue",
    schedule="*/5 * * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,  # Retinue catches up by itself, once
    max_active_runs=1,
    tags=["retinue"],
):
    BashOperator(
        task_id="worker",
        bash_command="retinue worker --once -w {{ params.workspace }}",
        params={"workspace": WORKSPACE},
        env={"RETINUE_LOG": "json"},
        append_env=True,
        execution_timeout=timedelta(hours=3),
        # A failed job is tried again by Retinue itself, within its slot.
        retries=0,
    )
