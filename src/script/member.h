/*
 * member.h
 *	  Objects of the catalog that go together: what each of them is, in words and
 *	  with the relation that it belongs to.
 */
#ifndef GRADUAL_MEMBER_H
#define GRADUAL_MEMBER_H

#include "catalog/objectaddress.h"

#include "script/rehearsal.h"

typedef enum GradualMemberKind
{
	GRADUAL_MEMBER_RELATION,	/* a table, view, sequence, ..; also by the
								 * rule of a view */
	GRADUAL_MEMBER_INDEX,
	GRADUAL_MEMBER_COLUMN,
	GRADUAL_MEMBER_DEFAULT,
	GRADUAL_MEMBER_CONSTRAINT,	/* but for foreign keys */
	GRADUAL_MEMBER_FOREIGN_KEY,
	GRADUAL_MEMBER_TRIGGER,
	GRADUAL_MEMBER_RULE,
	GRADUAL_MEMBER_POLICY,
	GRADUAL_MEMBER_STATISTICS,
	GRADUAL_MEMBER_PUBLISHED,	/* that a table is in a publication */
	GRADUAL_MEMBER_ROW_TYPE,
	GRADUAL_MEMBER_OTHER
} GradualMemberKind;

/* An object that goes. */
typedef struct GradualMember
{
	ObjectAddress address;
	GradualMemberKind kind;
	Oid			relation;		/* that it is, or belongs to; InvalidOid: none */
	char	   *name;			/* of a part of a relation */
	char	   *words;			/* 'view v' */
	bool		cascaded;		/* because of CASCADE; parts of it are not */
} GradualMember;

/* Of a real object, or of a clone or a part of one. */
extern GradualMember *gradual_member_identify(GradualRehearsal *rehearsal,
											  const ObjectAddress *object);

/* The relation of that OID, an original or a clone, gone or not; NULL: not noted. */
extern GradualRelation *gradual_member_relation(GradualRehearsal *rehearsal, Oid oid);

/* The same, and the real one if the script has not met it. */
extern GradualRelation *gradual_member_find(GradualRehearsal *rehearsal, Oid oid);

/* Has the script dropped a constraint of that real table, or the table? */
extern bool gradual_member_constraint_is_gone(GradualRehearsal *rehearsal, Oid table,
											  const char *constraint);

#endif							/* GRADUAL_MEMBER_H */
