"""Records of epochs and the lists made of them."""

from aae_sklearn.game._history import EpochRecord, as_lists

LOSSES = {"reconstruction_loss": 0.5, "discriminator_loss": 1.4, "encoder_loss": 0.7}
PLAIN = EpochRecord(LOSSES)
SCORED = EpochRecord({**LOSSES, "reconstruction_loss": 0.4}, validation_score=0.6)


def test_lists_hold_a_number_for_each_epoch():
    history = as_lists(iter([SCORED, SCORED]))
    assert history["reconstruction_loss"] == [0.4, 0.4]
    assert history["validation_score"] == [0.6, 0.6]


def test_what_was_not_computed_is_an_empty_list():
    assert as_lists([PLAIN, PLAIN])["validation_score"] == []
    without_game = as_lists([EpochRecord({"reconstruction_loss": 0.5})])
    assert without_game["discriminator_loss"] == without_game["encoder_loss"] == []


def test_a_new_loss_is_listed_by_its_name():
    history = as_lists([PLAIN, EpochRecord({**LOSSES, "label_loss": 0.3})])
    assert history["label_loss"] == [0.3]
    assert list(history)[:3] == list(LOSSES)


def test_no_epoch_gives_empty_lists():
    assert as_lists([]).keys() == {*LOSSES, "validation_score"}
    assert all(values == [] for values in as_lists([]).values())
