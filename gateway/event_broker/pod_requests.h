/*
 * Requests about one pod: commands, its state, raw octets, its lock.
 */
#pragma once

#include "gateway/event_broker/broker.h"

/* Their data are PodData, of which the fixed part is there. */
void pod_requests_issue(struct broker *broker, const struct broker_request *request);
void pod_requests_read(struct broker *broker, const struct broker_request *request);
void pod_requests_write(struct broker *broker, const struct broker_request *request);
void pod_requests_lock(struct broker *broker, const struct broker_request *request);
void pod_requests_unlock(struct broker *broker, const struct broker_request *request);

/* The provider of @pod has done what it was to confirm. */
void pod_requests_confirm(struct broker *broker, const struct pod *pod, uint32_t id, int32_t result,
                          const uint8_t *octets, size_t size);
/* A field has passed. */
void pod_requests_field(struct broker *broker);
