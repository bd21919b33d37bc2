"""A plugin of pytest for runs on mutants: hypothesis looks for a case that fails, and not for the smallest such case."""

from hypothesis import Phase, settings

settings.register_profile("mutation", phases=[Phase.explicit, Phase.generate], database=None)
settings.load_profile("mutation")
