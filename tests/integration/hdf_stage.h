/*
 * Drivers that tests run in their own process or in another one: what they do is in the command.
 */
#pragma once

#include <stdbool.h>

enum hdf_stage_command {
    HDF_STAGE_ECHO = 1, /* what came */
    HDF_STAGE_RESULT,   /* int32: returns it, and answers with it */
    HDF_STAGE_FILL,     /* u32: answers with so many octets, a multiple of 4 */
    HDF_STAGE_SIZE,     /* returns how many octets came */
    HDF_STAGE_EMIT,     /* u32 n, u32 size: events 0 to n - 1, each of so many octets, in turn to
                           all (id 1) and to the caller (id 2); returns the first status not 0 */
    HDF_STAGE_NO_DATA,  /* an empty event; its status */
    HDF_STAGE_COUNTS,   /* u32 opened, u32 released */
    HDF_STAGE_MEET,     /* returns when two of these run */
    HDF_STAGE_NEST,     /* RESULT of 7, by a handle of its own */
    HDF_STAGE_ALL,      /* u32 n, u32 size: so many events to all */
    HDF_STAGE_MEETING,  /* returns how many have come to meet in all */
    HDF_STAGE_HAS_REPLY /* returns whether there is one */
};

#define HDF_STAGE_NAME "stage_driver"
#define HDF_STAGE_SHY "stage_shy"       /* its Open refuses */
#define HDF_STAGE_HIDDEN "stage_hidden" /* policy 1 */
#define HDF_STAGE_DUMB "stage_dumb"     /* no Dispatch, Open or Release */

/* Launches them, with the gateway of the environment. */
bool hdf_stage_open(void);
void hdf_stage_close(void);
