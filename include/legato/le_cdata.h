/*
 * Legato: what a file keeps for each instance of its component. Here each has one.
 *
 * Source: docs/legato.md, "Generated code"; the framework's le_cdata.h.
 */
#pragma once

#include "le_basics.h"

#ifndef LE_CDATA_COMPONENT_COUNT
#define LE_CDATA_COMPONENT_COUNT 1
#endif

/** LE_CDATA_DECLARE() - ({ members }): the file's own data, zeros at first */
#define LE_CDATA_DECLARE(...) static struct __VA_ARGS__ _leComponentData
/** LE_CDATA_THIS - a pointer to it */
#define LE_CDATA_THIS (&_leComponentData)
