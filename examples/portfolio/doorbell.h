/*
 * What a doorbell and its button agree on: the name of an event, and its data. These are words of
 * 32 bits and nothing else, so that machines of either byte order read the same.
 */
#pragma once

#include "types.h"

#define DOORBELL_EVENT "doorbell"
#define DOORBELL_NAME_WORDS 8 /* who rings: four characters a word, the first in the top bits */
#define DOORBELL_NAME_SIZE (DOORBELL_NAME_WORDS * 4 + 1)
