// Which refusals a method may give, as follows from who may call it and what it takes; and how they look. For
// the OpenAPI document.
#pragma once

#include "http/openapi_schemas.hpp"
#include "http/router.hpp"

namespace mvp::http {

enum class login { none, possible, needed };
login login_for(access who, verb method);

/// Members of an operation's "responses".
void write_refusals_of(json_writer& w, const route& r, verb method, const doc::operation& o);

/// Members of components.responses, and of components.schemas.
void write_refusals(json_writer& w);
void write_refusal_schemas(json_writer& w);

} // namespace mvp::http
