"""Machines that several tests look at, in the format of fake_nvml/README.md."""

A6000 = """
gpu GPU-a6000
name NVIDIA RTX A6000
memory 49140 2100
utilization 37
temperature 61
recovery 0
mig off
process 4711 2048
"""

L4 = """
gpu GPU-l4
name NVIDIA L4
memory 23034 0
utilization 0
temperature 40
"""

A100 = """
gpu GPU-a100
name NVIDIA A100-SXM4-40GB
memory 40960 30
temperature 50
recovery 0
mig on
slice MIG-first
profile 1g.5gb
instance 7
memory 4864 12
process 5001 800
slice none
slice MIG-second
profile 3g.20gb
instance 2
memory 19968 25
"""

VERSIONS = """
driver 550.54.15
cuda 12040
"""
