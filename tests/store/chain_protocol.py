"""The protocol and people of the chain's studies: of the tests and of random histories."""

PEOPLE = {
    "ada": "pharmacist", "ben": "pharmacist", "cleo": "pharmacist", "dana": "pharmacist",
    "yann": "physicist", "ines": "investigator",
}  # fmt: skip
PROTOCOL = """
name = "A study"
nuclide = "Re-188"
agent = "ImDendrim"
route = "intratumoral"
[[site]]
name = "Workshop"
timezone = "Europe/Warsaw"
[[site]]
name = "Hospital"
timezone = "Europe/Warsaw"
[labelling]
labelled_within = "2 h"
injected_within = "8 h"
[[labelling.step]]
name = "reduction"
temperature_deg_c = 72.0
temperature_tolerance_deg_c = 2.0
duration = "20 min"
duration_tolerance = "1 min"
gas = "CO"
[[test]]
name = "radio-TLC"
unit = "%"
low = 85.0
[[test]]
name = "pH"
low = 5.0
high = 7.5
[[test]]
name = "sterility"
accepted = ["no growth"]
before_injection = false
"""
"""Two sites, one labelling step, three tests."""
