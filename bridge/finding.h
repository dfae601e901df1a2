/*
 * Findings: questions to the gateway that nobody's thread waits for, and that outlive its sessions.
 */
#pragma once

#include <viaduct/node.h>

struct findings {
    struct via_finding *first, **last; /* a count of each, the oldest first */
};

void findings_init(struct findings *findings);

/* All with the lock held. */

/* There is a session: what is not asked in it yet is asked. */
void findings_restore(struct via_node *node);
/* The node is closed: all end. */
void findings_end_all(struct via_node *node);
