"""Rules and vocabularies: pure functions, enumerations, frozen values."""
