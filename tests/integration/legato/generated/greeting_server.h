/*
 * As the interface generator writes it: what a server calls, and has to have. Greet is answered
 * when the server wants to.
 */
#pragma once

#include "legato.h"

typedef struct greeting_ServerCmd *greeting_ServerCmdRef_t;
typedef struct greeting_HeardHandler *greeting_HeardHandlerRef_t;
typedef void (*greeting_HeardHandlerFunc_t)(const char *name, void *contextPtr);

le_msg_ServiceRef_t greeting_GetServiceRef(void);
le_msg_SessionRef_t greeting_GetClientSessionRef(void);
void greeting_AdvertiseService(void);
void greeting_GreetRespond(greeting_ServerCmdRef_t cmdRef, le_result_t result, const char *text);

/* The server's own. */
greeting_HeardHandlerRef_t greeting_AddHeardHandler(greeting_HeardHandlerFunc_t handlerPtr,
                                                    void *contextPtr);
void greeting_RemoveHeardHandler(greeting_HeardHandlerRef_t handlerRef);
void greeting_Greet(greeting_ServerCmdRef_t cmdRef, const char *name, size_t textSize);
le_result_t greeting_Shout(int quiet, int *loudPtr);
