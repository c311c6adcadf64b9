/*
 * facts.h
 *	  Reading off a clone what a statement did to it.
 */
#ifndef GRADUAL_FACTS_H
#define GRADUAL_FACTS_H

#include "script/rehearsal.h"

/* A column of a table's clone; 'definition' is how the script wrote it. */
extern GradualColumn *gradual_facts_column(GradualRehearsal *rehearsal,
										   const GradualRelation *relation,
										   const ColumnDef *definition);

/* The type of a column, qualified, with its modifier and COLLATE. */
extern char *gradual_facts_type(Oid relation, const char *column);

/* The default of a column of the clone, everything in it qualified; NULL = none. */
extern char *gradual_facts_default(GradualRehearsal *rehearsal,
								   const GradualRelation *relation, const char *column);

/* The text of an expression that reads no column, everything in it qualified. */
extern char *gradual_facts_expression(GradualRehearsal *rehearsal, Node *expression);

/*
 * The type of a column, with modifier and COLLATE, for another one of the same
 * values: of a domain with constraints or a default of its own, its base type.
 */
extern char *gradual_facts_base_type(Form_pg_attribute attribute);

/*
 * Does adding a column of this type, without a default of its own, go through the
 * table, or rewrite it?
 */
extern bool gradual_facts_type_costs(Oid type);

/* Is the column NOT NULL at this point of the script, proved or not? */
extern bool gradual_facts_not_null(const GradualRelation *relation, const char *column);

/*
 * Is it by a constraint that is NOT VALID (18), of a clone or a real table?  It
 * holds for new rows, and the old ones may have NULL.  The table may be InvalidOid.
 */
extern bool gradual_facts_unproved(Oid table, const char *column);

/*
 * Find the constraints that a row of the real table may violate without anybody's
 * knowing, until it is changed; not those that the script has dropped before.
 */
extern void gradual_facts_not_valid(const GradualRelation *relation);

/* What the clone's storage is: another value after a rewrite.  0 = it has none. */
extern uint32 gradual_facts_storage(Oid clone);

/*
 * CREATE INDEX [ON ONLY] for an index, clone or real, as it stands on the table
 * that it is on: everything qualified, but the index's own name.
 */
extern char *gradual_facts_index_definition(GradualRehearsal *rehearsal,
											const GradualRelation *index, bool only);

/*
 * What DROP COLUMN means, before it runs on the clone: column_relaxable,
 * column_shared and takes_along of the command.
 */
extern void gradual_facts_drop_column(GradualCommand *command, const GradualRelation *relation,
									  const char *column);

/* When a real index was last used, in words; '' if unknown. */
extern char *gradual_facts_index_use(Oid index);

/* Can a materialized view be refreshed CONCURRENTLY? */
extern bool gradual_facts_refreshable(const GradualRelation *relation);

#endif							/* GRADUAL_FACTS_H */
