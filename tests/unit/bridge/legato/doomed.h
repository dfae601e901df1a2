/*
 * What ends a process is run in a child; its standard error is read.
 */
#pragma once

/* @run in a child, which must exit with @status, having written what matches the extended
 * expression
 * @pattern. */
void doomed(void (*run)(void), int status, const char *pattern);

/* What the thread sanitizer takes for an error, or does not understand, is left out with it. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#endif
#endif
#ifndef UNDER_THREAD_SANITIZER
#define UNDER_THREAD_SANITIZER 0
#endif
