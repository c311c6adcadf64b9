/*
 * interval.h
 *	  Arguments of type interval, as milliseconds.
 */
#ifndef GRADUAL_INTERVAL_H
#define GRADUAL_INTERVAL_H

#include "datatype/timestamp.h"

/* A month counts 30 days, as everywhere in PostgreSQL. */
extern double gradual_api_milliseconds(const Interval *interval);

/* batch_time: between 1 ms and 10 s, else 22023. */
extern double gradual_api_batch_time(const Interval *interval);

#endif							/* GRADUAL_INTERVAL_H */
