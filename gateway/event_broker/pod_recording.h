/*
 * Recordings of pods: what they said and when, a JSON object a line. One also writes them by hand:
 *
 *     {"t":0,"pod":1,"event":"attach","type":"BASIC_CONTROL_PAD","flags":2281701376,"name":"left"}
 *     {"t":16667,"pod":1,"event":"state","states":{"ControlPad":{"buttons":["A"]}}}
 *     {"buttons":[]}
 *     {"t":50000,"pod":1,"event":"detach"}
 *
 * What is not said is as it was. Type, flags, name and states are as providers say them in JSON.
 * docs/event-broker.md, "Recordings", has the names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "codecs/buffer.h"
#include "codecs/portfolio_classes.h"
#include "codecs/portfolio_pod.h"

#define POD_RECORDING_LINE_MAX 4096u /* octets */
#define POD_RECORDING_NAME_MAX 255u  /* octets of a pod's name */
#define POD_RECORDING_DATA_MAX 48u   /* octets that a class's structure has at most */
#define POD_RECORDING_TIME_MAX ((uint64_t)1 << 52)

enum pod_entry_kind { POD_ENTRY_ATTACH, POD_ENTRY_STATE, POD_ENTRY_DETACH };

/* One pod of a recording, as it is after a line. */
struct pod_recorded {
    uint32_t type, flags; /* PODID_..., POD_Is... */
    char name[POD_RECORDING_NAME_MAX + 1];
    uint8_t data[PORTFOLIO_CLASSES][POD_RECORDING_DATA_MAX]; /* as they travel */
};

/* As one that has just been attached: a stick rests in the middle. @name: at most
 * POD_RECORDING_NAME_MAX octets are taken. */
void pod_recorded_init(struct pod_recorded *recorded, uint32_t type, uint32_t flags,
                       const char *name);

struct pod_entry {
    enum pod_entry_kind kind;
    bool has_time;
    uint64_t time_us; /* since the recording's beginning; of one without, its predecessor's */
    uint32_t pod;     /* its number in the recording, 1 to PORTFOLIO_POD_NUMBER_MAX */
    uint32_t classes; /* of STATE: 1 << class of each that is said */
    const struct pod_recorded *recorded; /* borrowed */
};

struct pod_recording_fault {
    unsigned column; /* from 1, in octets; 0: of the whole line */
    char text[160];
};

/* Reads a recording. @assumed, which is copied, is what a pod is that was not attached by a line;
 * NULL: that is a fault. */
struct pod_recording;
VIA_MUST_USE enum via_status pod_recording_create(struct pod_recording **recordingp,
                                                  const struct pod_recorded *assumed);
struct pod_recording *pod_recording_destroy(struct pod_recording *recording);
/* One line, without its end. VIA_OK: @entryp is set, until the next line; VIA_END: there is nothing
 * in it; VIA_INVALID: @fault has words, and @recording is of no use any more; VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status pod_recording_read(struct pod_recording *recording, const char *line,
                                                size_t size, struct pod_entry *entryp,
                                                struct pod_recording_fault *fault);

/* Adds the line for @entry, with its end. */
void pod_entry_write(struct buffer *out, const struct pod_entry *entry);
/* The first class that has data, of a pod with @flags; PORTFOLIO_CLASSES: none. */
uint32_t pod_first_said_class(uint32_t flags);
