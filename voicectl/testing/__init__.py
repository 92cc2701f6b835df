"""What a plugin's author runs: `python -m voicectl.testing --vendor NAME`. No part of the program uses it.

Every promise that voicectl's own vendors keep is a test in `test_vendor.py`; nothing is sent anywhere.
A cloud for the tests of anybody's programs: `sandbox.py`.
"""
