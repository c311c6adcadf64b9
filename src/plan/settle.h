/*
 * settle.h
 *	  Ordered steps name each table as it is when they run.
 */
#ifndef GRADUAL_SETTLE_H
#define GRADUAL_SETTLE_H

#include "nodes/pg_list.h"

#include "script/script.h"

/* Changes the texts of steps that run under another name of a table than they say. */
extern void gradual_plan_settle(GradualScript *script, List *steps);

#endif							/* GRADUAL_SETTLE_H */
