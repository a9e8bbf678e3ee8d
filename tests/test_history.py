"""Records of epochs and the lists made of them."""

from aae_sklearn.game._history import EpochRecord, as_lists

PLAIN = EpochRecord(reconstruction_loss=0.5, discriminator_loss=1.4, encoder_loss=0.7)
SCORED = EpochRecord(
    reconstruction_loss=0.4, discriminator_loss=1.3, encoder_loss=0.8, validation_score=0.6
)


def test_losses_are_what_was_computed():
    assert PLAIN.losses() == {
        "reconstruction_loss": 0.5,
        "discriminator_loss": 1.4,
        "encoder_loss": 0.7,
    }
    assert SCORED.losses().keys() == PLAIN.losses().keys()


def test_lists_hold_a_number_for_each_epoch():
    history = as_lists(iter([SCORED, SCORED]))
    assert history["reconstruction_loss"] == [0.4, 0.4]
    assert history["validation_score"] == [0.6, 0.6]


def test_what_was_not_computed_is_an_empty_list():
    assert as_lists([PLAIN, PLAIN])["validation_score"] == []


def test_no_epoch_gives_empty_lists():
    assert all(values == [] for values in as_lists([]).values())
