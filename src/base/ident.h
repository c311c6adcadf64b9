/*
 * ident.h
 *	  Names: quoting, qualifying, finding relations again by their name, and
 *	  the names of the objects that we add to users' tables.
 */
#ifndef GRADUAL_IDENT_H
#define GRADUAL_IDENT_H

#include "nodes/primnodes.h"
#include "utils/relcache.h"

/* 'public.users', quoted where needed; NULL if there is no such relation. */
extern char *gradual_ident_qualified(Oid relid);

/* The name as the grammar lists it elsewhere: of String. */
extern List *gradual_ident_names(const RangeVar *range);

/*
 * The OID of a relation by its quoted, qualified name, without taking a lock;
 * InvalidOid if it is gone.
 */
extern Oid	gradual_ident_find(const char *qualified);

/*
 * An SQL expression over a relation's columns that says, for people, which row
 * it is: '(id)=(42)' by the primary key, else by the row's address.  Needs the
 * relation locked.
 */
extern char *gradual_ident_row(Relation rel);

/* 'OPERATOR(schema.name)', quoted where needed. */
extern char *gradual_ident_operator(Oid operator);

/* '~_gradual_7': fires after the user's triggers.  Not quoted. */
extern char *gradual_ident_sync_trigger(int32 migration);

/* What the command begins with that makes it, of a table's quoted, qualified name */
extern char *gradual_ident_sync_creation(const char *trigger, const char *table);

/* '!_gradual_7': fires before them.  Not quoted. */
extern char *gradual_ident_first_trigger(int32 migration);

/*
 * '_gradual_7_2_1': an index or trigger that is gone after the swap, by
 * migration, statement and a number of its own.  Not quoted.
 */
extern char *gradual_ident_interim(int32 migration, int statement, int number);

/*
 * '!_gradual_7_2': carries over what changes in a table that statement 2 copies.
 * It fires first, before a foreign key to the table looks for the copy.  With
 * 'truncate', its companion for TRUNCATE.  Not quoted.
 */
extern char *gradual_ident_carry_trigger(int32 migration, int statement, bool truncate);

/* What begins so has no name of its own, and is gone after the swap. */
#define GRADUAL_INTERIM_PREFIX "_gradual_"
extern bool gradual_ident_is_interim(const char *name);

/* '_gradual_nn_7_3': the proof of a NOT NULL, by migration and step.  Not quoted. */
extern char *gradual_ident_not_null_proof(int32 migration, int step);

/*
 * '_gradual_users_n_idx': an object that takes the place of the one of that name
 * in the swap.  Not quoted.
 */
extern char *gradual_ident_beside(const char *name);

/* '_gradual_ix_7_1': an index until it has its own name, by migration and number. */
extern char *gradual_ident_index(int32 migration, int number);

/* '_gradual_sq_7_1': the sequence of a column that is being filled.  Not quoted. */
extern char *gradual_ident_sequence(int32 migration, int number);

#endif							/* GRADUAL_IDENT_H */
