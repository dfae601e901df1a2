/*
 * Portfolio: types of the kernel's nodes and Items.
 *
 * Source: docs/event-broker.md, "Items"; the system's kernelnodes.h.
 */
#pragma once

#define KERNELNODE 1 /* the subsystem */

#define MEMFREENODE 1
#define LISTNODE 2
#define MEMHDRNODE 3
#define FOLIONODE 4
#define TASKNODE 5 /* task.h */
#define FIRQNODE 6
#define SEMA4NODE 7 /* semaphore.h */
#define SEMAPHORENODE SEMA4NODE
#define SEMA4WAIT 8
#define MESSAGENODE 9  /* msgport.h */
#define MSGPORTNODE 10 /* msgport.h */
#define MEMLISTNODE 11
#define ROMTAGNODE 12
#define DRIVERNODE 13
#define IOREQNODE 14
#define DEVICENODE 15 /* device.h */
#define TIMERNODE 16
#define ERRORTEXTNODE 17
#define HLINTNODE 18
