/*
 * Flavors of messages to and from the broker, and codes of providers of pods, by name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/portfolio_message.h"

/* "EB_Configure", "PodAttach"; NULL: it has none. */
const char *portfolio_flavor_name(uint32_t flavor);
/* false: none is called @text. */
bool portfolio_flavor_named(const char *text, size_t size, uint32_t *flavorp);
/* Whether clients ask this of the broker. */
bool portfolio_flavor_is_request(uint32_t flavor);

/* That of @message, and the code that it goes to a broker with; 0: it has none. A sender that does
 * not know a broker for one sends it with code 0. */
uint32_t portfolio_flavor_of(const struct portfolio_message *message);

/* "LC_Observer"; NULL: it has none. */
const char *portfolio_category_name(uint32_t category);
bool portfolio_category_named(const char *text, size_t size, uint32_t *categoryp);
