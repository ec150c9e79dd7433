"""Why a loss or a gradient is not finite."""
