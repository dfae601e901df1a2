/*
 * A copy of what a program or the command line said, for whoever needs it later.
 */
#pragma once

#include <viaduct/gateway.h>

struct config_options;

/* @options may be NULL. */
VIA_MUST_USE enum via_status config_options_create(struct config_options **optionsp,
                                                   const struct via_gateway_options *options);
struct config_options *config_options_destroy(struct config_options *options);
const struct via_gateway_options *config_options_get(const struct config_options *options);
