/*
 * A mouse that no hand moves: its place is a number.
 */
#pragma once

#include <stdint.h>

/* A pod of @service, from now on, by the core. 0 on success. */
int portfolio_pod_attach(const char *service);
/* It is at @number now. Does not wait. */
int portfolio_pod_move(uint32_t number);
