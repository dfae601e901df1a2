/*
 * What ends a process is run in a child; its standard error is read.
 */
#pragma once

/* @run in a child, which must exit with @status, having written what matches the extended
 * expression
 * @pattern. */
void doomed(void (*run)(void), int status, const char *pattern);
