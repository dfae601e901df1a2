/*
 * Which signals programs may name.
 */
#pragma once

#include "include/portfolio/types.h"

/* 0; BADPRIV: one of the system's; ILLEGALSIGNAL: the highest bit. */
Err signal_check(uint32 signals);
