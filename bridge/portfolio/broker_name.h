/*
 * The name by which programs find the event broker.
 */
#pragma once

#include <stdbool.h>

#define BROKER_NAME "eventbroker" /* EventPortName of the system's event.h */

/* What is asked for where a program says @name: that, or what VIADUCT_EVENTBROKER says instead.
 * *is_brokerp: it is a broker's, of this host or another. */
const char *broker_name_asked_for(const char *name, bool *is_brokerp);
