/*
 * Threads that the family starts to run a program's callbacks. In one nothing is waited for that
 * may wait for a callback: it might be this very one.
 */
#pragma once

#include <stdbool.h>

/* The calling thread is one from now on. */
void own_thread_begin(const char *name);
bool own_thread_is_here(void);
