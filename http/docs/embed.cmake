# Fetches the library that shows the OpenAPI document (an npm package, pinned by package-lock.json) into the build
# folder and puts its files into the program.
function(mvp_embed_docs target)
  find_program(NPM npm REQUIRED)
  set(here ${CMAKE_SOURCE_DIR}/http/docs)
  set(there ${CMAKE_BINARY_DIR}/docs)
  set(library ${there}/node_modules/swagger-ui-dist)
  set(files ${library}/swagger-ui-bundle.js ${library}/swagger-ui.css ${library}/favicon-32x32.png ${library}/LICENSE)
  add_custom_command(OUTPUT ${files}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${there}
    COMMAND ${CMAKE_COMMAND} -E copy ${here}/package.json ${here}/package-lock.json ${there}
    COMMAND ${NPM} --prefix ${there} ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
    DEPENDS ${here}/package.json ${here}/package-lock.json
    COMMENT "Fetching the library of /api/docs/" VERBATIM)
  set_property(SOURCE ${here}/assets.S PROPERTY OBJECT_DEPENDS "${files};${here}/page.html;${here}/start.js")
  set_property(SOURCE ${here}/assets.S PROPERTY COMPILE_OPTIONS "-Wa,-I${here};-Wa,-I${library}")
  target_sources(${target} PRIVATE ${files} ${here}/assets.S ${here}/assets.cpp)
endfunction()
