/*
 * lookup.h
 *	  What a name in the script stands for, in the schema as the statements
 *	  before have left it.
 *
 * Clones live in pg_temp and shadow the real relations there, so nothing may be
 * looked up the way PostgreSQL would: these functions know which relation in
 * pg_temp stands for which name in which schema.
 */
#ifndef GRADUAL_LOOKUP_H
#define GRADUAL_LOOKUP_H

#include "script/rehearsal.h"

/*
 * The relation of that name.  A real one is locked in ACCESS SHARE when it is
 * first found, and a table, view or materialized view among them becomes a
 * GradualTable of the script.  Raises what PostgreSQL raises if there is none;
 * NULL with missing_ok.  A temporary relation of the session is refused.
 */
extern GradualRelation *gradual_lookup_find(GradualRehearsal *rehearsal, const RangeVar *name,
											bool missing_ok);

/*
 * The statement names the relation where no other name can be written for it: as
 * a type, in a string.
 */
extern void gradual_lookup_pin_name(GradualRehearsal *rehearsal, const GradualRelation *relation);

/* The same in one schema; never raises for a missing one. */
extern GradualRelation *gradual_lookup_find_in(GradualRehearsal *rehearsal, Oid schema,
											   const char *name);

/* The real relation of that OID. */
extern GradualRelation *gradual_lookup_real(GradualRehearsal *rehearsal, Oid oid);

/* What a relation in pg_temp stands for; NULL if for nothing. */
extern GradualRelation *gradual_lookup_of_clone(GradualRehearsal *rehearsal, Oid clone);

/* Raises unless the current user may create objects in the schema. */
extern void gradual_lookup_check_create(Oid schema);

/* The schema where CREATE would make it; raises without the right to. */
extern Oid	gradual_lookup_creation_schema(GradualRehearsal *rehearsal, const RangeVar *name);

/*
 * The script creates it: raises 42P07 if the name is taken.  Its clone is made
 * by the caller, under clone_name.
 */
extern GradualRelation *gradual_lookup_create(GradualRehearsal *rehearsal, const RangeVar *name,
											  char relkind);

/* Note a relation of the script's making that has no statement of its own. */
extern GradualRelation *gradual_lookup_add(GradualRehearsal *rehearsal, Oid schema,
										   const char *name, char relkind);

/* A name that something of the real schema has is free from now on. */
extern void gradual_lookup_free_name(GradualRehearsal *rehearsal, Oid schema, const char *name);

/* Its name is free from now on. */
extern void gradual_lookup_drop(GradualRehearsal *rehearsal, GradualRelation *relation);
extern void gradual_lookup_move(GradualRehearsal *rehearsal, GradualRelation *relation,
								Oid schema, const char *name);

/* The new name of a relation whose schema is renamed. */
extern GradualNaming *gradual_lookup_naming(const GradualRenamedSchema *schema,
											const GradualRelation *relation);

/* Has the script freed that name, of whatever had it before? */
extern bool gradual_lookup_is_freed(GradualRehearsal *rehearsal, Oid schema, const char *name);

/* Is there a type of that name which stands in the way of another one? */
extern bool gradual_lookup_is_type(Oid schema, const char *name);

/* A name that is free in pg_temp: the wanted one, if it is. */
extern char *gradual_lookup_free(GradualRehearsal *rehearsal, const char *wanted);

/* The name of a relation, quoted and qualified, as the script has left it. */
extern char *gradual_lookup_qualified(const GradualRelation *relation);

/*
 * A deparsed text in which a clone is named by regclass, with the real name
 * instead; the text must have been made under gradual_lookup_pin_path().
 */
extern char *gradual_lookup_restore(GradualRehearsal *rehearsal, char *deparsed);

/* The commands of the statements before the one that is rehearsed, in their order. */
extern List *gradual_lookup_commands_before(const GradualRehearsal *rehearsal);

/* search_path = pg_catalog until the level is given to AtEOXact_GUC(true, level). */
extern int	gradual_lookup_pin_path(void);

/* Raise unless the current user owns the real relation; clones are its own. */
extern void gradual_lookup_check_owner(const GradualRelation *relation);

/* Raise unless the current user has the right on it, or on some of its columns. */
extern void gradual_lookup_check_right(const GradualRelation *relation, AclMode right);

/* Raise unless the statement names its kind: an index, a view, .. */
extern void gradual_lookup_check_kind(const GradualRelation *relation, ObjectType type);

/* Raise unless the current user may REINDEX, REFRESH or CLUSTER it. */
extern void gradual_lookup_check_maintain(const GradualRelation *relation);

/* Raise unless the current user may read what the statement was found to read. */
extern void gradual_lookup_check_reads(GradualRehearsal *rehearsal);

#endif							/* GRADUAL_LOOKUP_H */
