import numpy as np

from sizewise.convert.stand_ins import Marks


def test_a_stand_in_has_the_shape_of_its_weight_and_a_single_number():
    weight = np.ones((3, 4), np.float32)
    stand_in = Marks().stand_in(weight)
    assert stand_in.shape == (3, 4)
    assert stand_in.dtype == np.float32
    assert np.asarray(stand_in).shape == ()


def test_each_weight_has_a_mark_of_its_own_and_equal_weights_share_one():
    marks = Marks()
    weights = [np.full((2, 2), value, np.float32) for value in (1, 2, 1)]
    one, two, again = (marks.stand_in(weight).mark for weight in weights)
    assert one == again != two
    assert marks.weights[float(two)] is weights[1]
    assert len(marks.weights) == 2


def test_equal_values_in_another_shape_are_another_weight():
    marks = Marks()
    flat, square = np.zeros(4, np.float32), np.zeros((2, 2), np.float32)
    assert marks.stand_in(flat).mark != marks.stand_in(square).mark


def test_hundreds_of_marks_differ():
    marks = Marks()
    given = {float(marks.stand_in(np.full(1, n, np.float32)).mark) for n in range(400)}
    assert len(given) == 400
