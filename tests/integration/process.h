/*
 * Other programs, as a test starts them: with an environment of their own, their output read line
 * by line or whole. Every wait has a limit, after which the test fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROCESS_ARGS_MAX 32
#define PROCESS_TEXT_MAX 65536

struct process {
    pid_t pid;
    int in, out; /* ends of pipes: its standard input and output; standard error is ours */
};

/* Starts @argv[0], a path; @settings are NAME=VALUE, NULL behind the last, and may be NULL itself.
 * Nothing named VIADUCT_ is inherited but VIADUCT_TEST_. */
void process_start(struct process *process, const char *const *argv, const char *const *settings);
/* The next line that it prints, without its end. */
void process_line(struct process *process, char *line, size_t size);
/* Closes its standard input: those that wait for that go. */
void process_release(struct process *process);
void process_kill(const struct process *process, int number);
/* Waits for its end and returns what waitpid() has said. */
int process_wait(struct process *process);
/* KiB of memory that it has. Under a sanitizer most of that is the sanitizer's. */
unsigned long process_kib(const struct process *process);
bool process_is_sanitized(void);

/* What a program that was run to its end has said; out and err are strings. */
struct spoken {
    int exit; /* its exit status, or 128 + the signal's number */
    char out[PROCESS_TEXT_MAX], err[PROCESS_TEXT_MAX];
};

void process_run(struct spoken *spoken, const char *const *argv, const char *const *settings);

/* The path of a program that has been built: $VIADUCT_TEST_BIN/@name, kept in @path. */
const char *process_program(char path[256], const char *name);
