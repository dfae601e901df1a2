/*
 * Legato: what a build tool would have generated of a component's API files. Programs that speak
 * le_messaging.h themselves have none, but include it.
 */
#pragma once

#include "le_basics.h"
