"""Keys in three layers, each sealed by the one above.

```
key-encrypting key (KEK)    outside the database: file, environment or KMS    kek.py, kms.py
  keyset of a purpose       wrapped by the KEK; rotated                       keyset.py, store/keysets.py
    data key of a customer  wrapped by `personal`; erased to forget them      store/subject_keys.py
      a value               sealed for its table, column and row              privacy/sealing.py
```

>>> from retinue.privacy.keys import Kek, Keyset
>>> kek = Kek.of(bytes(32))
>>> keyset = Keyset.new()
>>> again = Keyset.unwrap(keyset.wrap(kek, "personal"), kek, "personal")
>>> again.decrypt(keyset.encrypt(b"a data key", b"row 1"), b"row 1")
b'a data key'
"""

from __future__ import annotations

from retinue.privacy.keys.file_key import FileKey, key_path
from retinue.privacy.keys.kek import DEFAULT_KEK, Kek
from retinue.privacy.keys.keyset import PURPOSES, Keyset, key_of

__all__ = ["DEFAULT_KEK", "PURPOSES", "FileKey", "Kek", "Keyset", "key_of", "key_path"]
