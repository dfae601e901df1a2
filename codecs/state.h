/*
 * State on its way from one process to another: numbers, texts, octets and descriptors, one after
 * the other. One function per structure does both: it writes the fields while saving and reads them
 * while loading, so that the two cannot disagree. Failure sticks: whoever is asked for the outcome
 * asks once, and what is read after a failure is 0.
 */
#pragma once

#include <stdbool.h>

#include "codecs/buffer.h"

#define STATE_NO_FD 0xffffffffu

struct state {
    bool loading;
    enum via_status status;
    struct buffer out; /* saving */
    const uint8_t *in; /* loading; borrowed */
    size_t size, at;
    /* Saving: borrowed descriptors, in the order in which they are to be sent. Loading: those that
     * came, owned; -1 once claimed. */
    int *fds;
    size_t n_fds, fds_capacity;
    const char *fault; /* what could not be read, in words; NULL */
};

void state_save(struct state *state);
/* Takes @fds, an array from malloc(). */
void state_load(struct state *state, const uint8_t *octets, size_t size, int *fds, size_t n_fds);
/* Frees; loading, descriptors that nobody claimed are closed. */
void state_deinit(struct state *state);

/* It is not as it must be: @fault, a literal, says what. */
void state_refuse(struct state *state, const char *fault);
/* Refuses unless @good; whether all is well so far. */
bool state_require(struct state *state, bool good, const char *fault);
static inline bool state_is_good(const struct state *state)
{
    return state->status == VIA_OK;
}
/* All was read, and every descriptor has been claimed. */
bool state_is_at_end(const struct state *state);

void state_u8(struct state *state, uint8_t *value);
void state_u16(struct state *state, uint16_t *value);
void state_u32(struct state *state, uint32_t *value);
void state_u64(struct state *state, uint64_t *value);
void state_i32(struct state *state, int32_t *value);
void state_f64(struct state *state, double *value);
void state_bool(struct state *state, bool *value);
void state_size(struct state *state, size_t *value);
/* How many things follow, each of at least one octet, @most of them at most. */
void state_count(struct state *state, uint32_t *value, uint32_t most);
/* A number up to @most, such as an enumerator; for use through a local variable. */
uint32_t state_choice(struct state *state, uint32_t value, uint32_t most);
/* @size octets in place. */
void state_octets(struct state *state, void *octets, size_t size);
/* A text in an array of @size. */
void state_text(struct state *state, char *text, size_t size);
/* A text of any length up to @most. Saving: @text is written and returned. Loading: a copy, owned
 * by the caller; NULL after a failure. */
char *state_dup(struct state *state, const char *text, size_t most);
/* A run of octets. Loading: *octetsp points into what is being read. */
void state_run(struct state *state, const uint8_t **octetsp, size_t *sizep);
/* Saves or loads a reference to something that is saved elsewhere, for those who know only that it
 * is one; NULL is allowed. */
typedef void (*state_object_fn)(void *user, struct state *state, void **objectp);

/* A descriptor or -1. Loading: the caller's. */
void state_fd(struct state *state, int *fd);
