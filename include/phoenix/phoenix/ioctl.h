/*
 * Phoenix-RTOS: what an ioctl() puts into i.raw of its mtDevCtl.
 *
 * Source: docs/phoenix.md, "ioctl"; the system's phoenix/ioctl.h.
 */
#pragma once
#pragma GCC system_header /* C++ has no member like data */

/** ioctl_in_t - its input: up to what remains of i.raw lies in data, more in i.data */
typedef struct {
    unsigned long request;
    unsigned long size; /* of the input and of the output */
    char data[];
} ioctl_in_t;
