/*
 * A gateway for this process and its children alone, where none answers.
 */
#pragma once

#include <viaduct/node.h>

/*
 * Sees to it that @node has a gateway: its own, or a private one, which ends with this process.
 * *addressp is the private one's address, NULL when it is its own; lives as long as the process.
 */
VIA_MUST_USE enum via_status private_gateway_ensure(struct via_node *node, const char **addressp);
