"""What plugins print goes to standard error; results of other threads stay where they belong."""

import sys
import threading

import pytest

from hyperpose_core.support.printing import printing_aside


def test_only_the_thread_inside_is_turned_aside(capsys):
    inside, printed = threading.Event(), threading.Event()

    def plugin() -> None:
        with printing_aside():
            inside.set()
            printed.wait(5)
            print("chatter")

    thread = threading.Thread(target=plugin)
    thread.start()
    inside.wait(5)
    print("a result")
    printed.set()
    thread.join()
    print("another")
    assert capsys.readouterr() == ("a result\nanother\n", "chatter\n")


@pytest.mark.parametrize("first_out", [0, 1])
def test_standard_output_comes_back_whoever_is_the_last(first_out):
    before = sys.stdout
    leave = [threading.Event(), threading.Event()]
    inside = [threading.Event(), threading.Event()]

    def plugin(number: int) -> None:
        with printing_aside():
            inside[number].set()
            leave[number].wait(5)

    threads = [threading.Thread(target=plugin, args=(number,)) for number in range(2)]
    for thread, entered in zip(threads, inside, strict=True):
        thread.start()
        entered.wait(5)
    for number in (first_out, 1 - first_out):
        leave[number].set()
        threads[number].join()
    assert sys.stdout is before


def test_nested_and_after_an_error(capsys):
    def plugin() -> None:
        with printing_aside():
            with printing_aside():
                print("inner")
            print("outer")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        plugin()
    print("result")
    assert capsys.readouterr() == ("result\n", "inner\nouter\n")
