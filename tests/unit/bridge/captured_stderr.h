/*
 * What the program writes to standard error, read back from a pipe.
 */
#pragma once

int captured_stderr_begin(void **state);
int captured_stderr_end(void **state);

/* What was printed since the last call. It must fit the pipe: writing it never blocks. */
const char *captured_stderr(void);
/* The same, which must match an extended expression, or the test fails. */
const char *captured_stderr_matches(const char *pattern);

/* Time, pid and tid as they begin a line of HiLog's. */
#define CAPTURED_STAMP "^[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} +[0-9]+ +[0-9]+ "
