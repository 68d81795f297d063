# What 'cmake --install' puts where, and the Debian package that CPack makes of it.

set(configuration_folder /etc/feedmill) # where the program looks, whatever the prefix is

install(TARGETS feedmill RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY schema/dialects/ DESTINATION ${CMAKE_INSTALL_DATADIR}/feedmill/dialects FILES_MATCHING PATTERN "*.yaml")
install(FILES schema/feedmill.schema.json schema/job.schema.json schema/connection.schema.json schema/dialect.schema.json
	DESTINATION ${CMAKE_INSTALL_DATADIR}/feedmill/schema)
install(FILES ${PROJECT_BINARY_DIR}/feedmill.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME feedmill)
install(FILES packaging/sysusers.conf DESTINATION lib/sysusers.d RENAME feedmill.conf)
install(FILES packaging/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME feedmill.conf)

# Debian 12 has its units in /lib, where lintian wants them too.
if(FEEDMILL_PACKAGE)
	set(unit_folder /lib/systemd/system)
else()
	set(unit_folder lib/systemd/system)
endif()
install(FILES "${PROJECT_BINARY_DIR}/feedmill@.service" ${PROJECT_BINARY_DIR}/feedmill-daemon.service
	${PROJECT_BINARY_DIR}/feedmill-notify.service ${PROJECT_BINARY_DIR}/feedmill-notify.timer DESTINATION ${unit_folder})

# What somebody has configured stays.
foreach(folder IN ITEMS jobs connections dialects)
	install(DIRECTORY DESTINATION ${configuration_folder}/${folder})
endforeach()
install(CODE "
	if(NOT EXISTS \"\$ENV{DESTDIR}${configuration_folder}/feedmill.yaml\")
		file(INSTALL DESTINATION \"${configuration_folder}\" TYPE FILE FILES \"${PROJECT_SOURCE_DIR}/packaging/feedmill.yaml\")
	endif()
")

set(manual_pages ${PROJECT_BINARY_DIR}/feedmill.1 ${PROJECT_BINARY_DIR}/feedmill.yaml.5 ${PROJECT_SOURCE_DIR}/man/feedmill-dialect.5)
if(NOT FEEDMILL_PACKAGE)
	foreach(page IN LISTS manual_pages)
		string(REGEX MATCH "[0-9]$" section ${page})
		install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
	endforeach()
	return()
endif()

# --- the Debian package ---

# install_compressed(FILE DESTINATION NAME): without a time in it, so that a package can be made twice.
function(install_compressed file destination name)
	add_custom_command(
		OUTPUT ${PROJECT_BINARY_DIR}/package/${name}
		COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/package
		COMMAND gzip -9nc ${file} > ${PROJECT_BINARY_DIR}/package/${name}
		DEPENDS ${file}
		VERBATIM
	)
	set(compressed ${compressed} ${PROJECT_BINARY_DIR}/package/${name} PARENT_SCOPE)
	install(FILES ${PROJECT_BINARY_DIR}/package/${name} DESTINATION ${destination})
endfunction()

set(compressed)
foreach(page IN LISTS manual_pages)
	string(REGEX MATCH "[0-9]$" section ${page})
	get_filename_component(name ${page} NAME)
	install_compressed(${page} ${CMAKE_INSTALL_MANDIR}/man${section} ${name}.gz)
endforeach()
install_compressed(${PROJECT_SOURCE_DIR}/packaging/debian/changelog ${CMAKE_INSTALL_DATADIR}/doc/feedmill changelog.Debian.gz)
install(FILES packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/feedmill)
install(FILES packaging/debian/overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME feedmill)
add_custom_target(compressed ALL DEPENDS ${compressed})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_NAME feedmill)
set(CPACK_PACKAGE_CONTACT "feedmill authors <feedmill@packages.invalid>")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "systemd (>= 252)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, sqlite3")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "scheduled importer of product feeds
feedmill fetches the product feed of a supplier (XML, JSON, CSV and others),
proves that it is whole, works out exactly what would change in a catalogue,
applies that in one transaction, and reports numbers that add up. What would
do too much is held until a person approves it; an applied run can be undone.
.
A format is a YAML file; those of many shops and marketplaces are included.
Catalogues are SQLite databases. Jobs are run by systemd timers or by a small
daemon; feeds are read in a sandbox of their own.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
	${PROJECT_SOURCE_DIR}/packaging/debian/conffiles
	${PROJECT_SOURCE_DIR}/packaging/debian/postinst
	${PROJECT_SOURCE_DIR}/packaging/debian/prerm
	${PROJECT_SOURCE_DIR}/packaging/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
