"""The compilers that must agree, for the machine that the build is for: TARGET as their names have it, or empty for this one."""
import os

TARGET = os.environ.get("TARGET", "")


def gcc(name):
    return [f"{TARGET}-{name}" if TARGET else name]


def clang(name):
    return [name, f"--target={TARGET}"] if TARGET else [name]
