/* The files of /api/docs/ as they are, each between two labels; CMake says where the library's lie. */
    .section .rodata

    .macro asset label file
    .global mvp_docs_\label
    .global mvp_docs_\label\()_end
mvp_docs_\label:
    .incbin "\file"
mvp_docs_\label\()_end:
    .endm

    asset page "page.html"
    asset start "start.js"
    asset script "swagger-ui-bundle.js"
    asset style "swagger-ui.css"
    asset icon "favicon-32x32.png"
    asset license "LICENSE"

    .section .note.GNU-stack,"",@progbits
