/*
 * As the interface generator writes it: what a client calls.
 */
#pragma once

#include "legato.h"

typedef struct greeting_HeardHandler *greeting_HeardHandlerRef_t;
typedef void (*greeting_HeardHandlerFunc_t)(const char *name, void *contextPtr);
typedef void (*greeting_DisconnectHandler_t)(void *contextPtr);

void greeting_ConnectService(void);
le_result_t greeting_TryConnectService(void);
void greeting_SetServerDisconnectHandler(greeting_DisconnectHandler_t disconnectHandler,
                                         void *contextPtr);
void greeting_DisconnectService(void);

greeting_HeardHandlerRef_t greeting_AddHeardHandler(greeting_HeardHandlerFunc_t handlerPtr,
                                                    void *contextPtr);
void greeting_RemoveHeardHandler(greeting_HeardHandlerRef_t handlerRef);
/* LE_OK, and a greeting. */
le_result_t greeting_Greet(const char *name, char *text, size_t textSize);
/* What is in the one file, loud, in the other. */
le_result_t greeting_Shout(int quiet, int *loudPtr);
