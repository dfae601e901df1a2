/*
 * As the interface generator writes it: who the protocol is, and the service's name where no build
 * tool gives one.
 */
#pragma once

#include "legato.h"

#define PROTOCOL_ID_STR "0b8f6d2f5f6d4f0f8a3bb7f2f5d8c1e9"

#ifdef MK_TOOLS_BUILD
extern const char **greeting_ServiceInstanceNamePtr;
#define SERVICE_INSTANCE_NAME (*greeting_ServiceInstanceNamePtr)
#else
#define SERVICE_INSTANCE_NAME "greeting"
#endif
