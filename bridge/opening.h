/*
 * Opening: a service gives each client an object of its own.
 */
#pragma once

struct via_call;

/* Handles a verb of the core's own that was sent to an object of ours. No lock held. */
void opening_run(struct via_call *call);
