/*
 * change.h
 *	  Analysis of one UPDATE or DELETE: may it run in batches, from which source,
 *	  and what proves that a row was not processed yet.
 */
#ifndef GRADUAL_CHANGE_H
#define GRADUAL_CHANGE_H

#include "script/script.h"

/*
 * The procedure of DESIGN 5.3 and 5.4 on the rewritten query.  'raw' is the
 * statement with its table names already pointing at the clones of the
 * rehearsal (so that columns which the script adds resolve); facts that a clone
 * does not show (rules, row security, triggers, keys, partitions) are read from
 * table->oid.  Must run inside the rehearsal, as the owner.  The result lives in
 * the caller's context.  Raises PostgreSQL's errors of parse analysis.
 */
extern GradualChange *gradual_change_analyze(RawStmt *raw, const char *source_text,
											 GradualTable *table);

/*
 * Does an INSERT, given the same way, leave alone what a foreign key could refer to?
 * Its ON CONFLICT DO UPDATE may not.
 */
extern bool gradual_change_upsert_spares_keys(RawStmt *raw, const char *source_text,
											  GradualTable *table);

#endif							/* GRADUAL_CHANGE_H */
