# The static programs, and nothing else. 'make image' builds it from bin/.
FROM scratch
COPY authbench authbench-engines authbench-fleet /bin/
# A run keeps its key for hiding secrets in HOME, and private files in TMPDIR: WORKDIR
# makes the directory, since there is none.
WORKDIR /tmp
ENV HOME=/tmp TMPDIR=/tmp
# Mount a directory here to keep results: docker run -v "$PWD:/work" authbench run quick
WORKDIR /work
ENTRYPOINT ["/bin/authbench"]
