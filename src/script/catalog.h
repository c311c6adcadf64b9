/*
 * catalog.h
 *	  What the catalog says of an object, whoever asks: originals and clones.
 */
#ifndef GRADUAL_SCRIPT_CATALOG_H
#define GRADUAL_SCRIPT_CATALOG_H

#include "access/htup.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_constraint.h"
#include "nodes/pg_list.h"

/* As the type of a constraint from 18 on; before that it was no constraint. */
#define GRADUAL_CONSTRAINT_NOT_NULL 'n'

/*
 * The rows of pg_depend that name the object as the one depended on, of
 * Form_pg_depend; of a whole relation also those that name a column of it, but
 * for what the relation itself has there.
 */
extern List *gradual_catalog_dependencies(const ObjectAddress *object);

/* The constraints of a table, and the foreign keys to one: of HeapTuple. */
extern List *gradual_catalog_constraints(Oid table);
extern List *gradual_catalog_keys_to(Oid table);

/*
 * The constraints and indexes that go with a column of a table, expressions and
 * conditions over it included: of ObjectAddress *.
 */
extern List *gradual_catalog_parts_of_column(Oid table, AttrNumber column);

/* From 18 on a NOT NULL is a constraint; NULL = there is none on the column. */
extern Form_pg_constraint gradual_catalog_not_null(Oid table, const char *column);

/* pg_constraint.contype; '\0' = there is no such constraint. */
extern char gradual_catalog_constraint_type(Oid constraint);

/* The names of a constraint's columns: of char *. */
extern List *gradual_catalog_constraint_columns(HeapTuple constraint);

/* What CREATE SEQUENCE says after AS type, and that type. */
extern char *gradual_catalog_sequence_options(Oid sequence, char **type);

/* The owner of a relation, quoted, unless that is the current user: then NULL. */
extern char *gradual_catalog_other_owner(Oid relation);

/*
 * What ALTER COLUMN .. SET says of how a column, or with NULL each, is analyzed:
 * rows of the column's name and 'STATISTICS 77' or '(n_distinct=5)'.
 */
extern List *gradual_catalog_analyzed(Oid table, const char *column);

/* The partitions that rows are in, quoted and qualified; the table itself, if it is none. */
extern List *gradual_catalog_leaves(Oid table);

#endif							/* GRADUAL_SCRIPT_CATALOG_H */
