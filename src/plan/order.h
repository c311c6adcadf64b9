/*
 * order.h
 *	  The pure half of the plan.  Its functions are declared in plan.h's terms:
 *	  lists of GradualStep *.
 */
#ifndef GRADUAL_ORDER_H
#define GRADUAL_ORDER_H

#include "nodes/pg_list.h"

/*
 * By phase, and inside a phase as they come; numbers the steps from 1 and joins
 * neighbouring instant steps of a phase into one transaction.
 */
extern List *gradual_plan_order(List *steps);

/* Is there something to contract: a step in contract or a live interim object? */
extern bool gradual_plan_has_contract(List *steps);

/* Do two plans differ in what a person was shown?  For the NOTICE of start. */
extern bool gradual_plan_differs(List *a, List *b);

#endif							/* GRADUAL_ORDER_H */
