/*
 * parts.h
 *	  Reading a window of keys several times, and changing a part of it each time.
 */
#ifndef GRADUAL_PARTS_H
#define GRADUAL_PARTS_H

#include "utils/relcache.h"

#include "backfill/apply.h"
#include "backfill/key_columns.h"
#include "backfill/leaf.h"

/* Keys of a window, and the parts that it is done in. */
#define GRADUAL_PARTS_KEYS 20000
#define GRADUAL_PARTS 12

/*
 * Would the rows that 'apply' changes stay on their pages if neighbours are not
 * changed together?  The leaf is locked.  Only reads the catalog.
 */
extern bool gradual_parts_pay(GradualApply *apply, const GradualLeaf *leaf, Relation rel,
							  const GradualKeyColumns *key);

/* SQL: the row, whose columns 'alias' qualifies or nothing does, is in part 'part', SQL too. */
extern char *gradual_parts_condition(const GradualKeyColumns *key, const char *alias,
									 const char *part);

#endif							/* GRADUAL_PARTS_H */
