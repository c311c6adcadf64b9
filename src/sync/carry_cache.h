/*
 * carry_cache.h
 *	  The plans of each trigger of gradual.carry() that this session has fired.
 */
#ifndef GRADUAL_CARRY_CACHE_H
#define GRADUAL_CARRY_CACHE_H

#include "sync/carry_plan.h"

/*
 * The plans for a trigger, made if they are not there or stale.  Good until the
 * end of the transaction.  To be called within SPI; raises what
 * gradual_carry_make() raises.
 */
extern GradualCarry *gradual_carry_plan(Relation relation, Oid trigger,
										int32 migration, int statement);

/* The same if it is there already; never raises. */
extern GradualCarry *gradual_carry_known(Oid trigger);

#endif							/* GRADUAL_CARRY_CACHE_H */
