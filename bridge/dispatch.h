/*
 * Dispatch: which call begins when, and on which thread. Lock held.
 */
#pragma once

struct via_call;

/* A call has come; its count is taken. It runs on a thread that waits in its chain, or goes to the
 * stub's queue, or to the workers, in its stub's order. */
void dispatch_call(struct via_call *call);
/* It has begun to run, or never will. */
void dispatch_begun(struct via_call *call);
/* It has been run. */
void dispatch_ended(struct via_call *call);
