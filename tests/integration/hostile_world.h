/*
 * What tests of those who mean harm have in common: a gateway, programs that they do it to, and
 * what is made by hand to do it with.
 */
#pragma once

#include "tests/integration/daemon.h"
#include "tests/integration/raw_client.h"

#define HOSTILE_BODY_MAX 4096u

struct hostile_world {
    struct daemon daemon;
    struct settings near, far; /* of programs on its socket, and over TLS */
};

void hostile_world_start(struct hostile_world *world);
void hostile_world_stop(struct hostile_world *world);

/* A program of tests/integration; @role is its word, or NULL. */
void hostile_start_program(struct process *process, const char *name, const char *role,
                           const struct settings *settings);
/* The next line that it says. */
void hostile_expect(struct process *process, const char *expected);
void hostile_end_program(struct process *process);

unsigned hostile_n_descriptors(const struct process *process);
/* Until it has no more than @before, but for a few; ctest has a limit. */
void hostile_await_descriptors(const struct process *process, unsigned before);

/* The same at each run. */
uint32_t hostile_random(void);
void hostile_fill(uint8_t *octets, uint32_t size);
/* A layout, in half of all cases @own. */
uint16_t hostile_layout(uint16_t own);
/* A oneway, or a call whose answer is waited for, whatever it says; with a tape and descriptors
 * that may be none. */
void hostile_send_lie(struct raw_client *client, uint32_t handle, uint16_t layout, uint32_t code,
                      const uint8_t *body, uint32_t size);

/* A call that opens @service with what is in @body. Returns its id. */
uint32_t hostile_send_open(struct raw_client *client, uint32_t service, const uint8_t *body,
                           uint32_t size);
/* The handle of a name that is there. */
uint32_t hostile_find(struct raw_client *client, const char *family, const char *name);
/* An object of the service's for this client, opened without a back reference, as by one who is no
 * program of that family. */
uint32_t hostile_open(struct raw_client *client, const char *family, const char *name);
